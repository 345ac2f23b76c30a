"""The part of a client that is the same for every contract; it is copied into each package."""
