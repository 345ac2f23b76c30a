"""Who decides, on what evidence; and the command line."""
