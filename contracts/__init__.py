"""What was promised: documents, contracts, and the files that people write."""
