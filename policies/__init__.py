"""What is demanded of traffic: one policy a file, and the vocabulary of the request path."""
