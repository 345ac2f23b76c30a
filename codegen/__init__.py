"""What is written from a contract."""
