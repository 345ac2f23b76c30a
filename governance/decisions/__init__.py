"""What people decided: signed, dated files in `decisions/`."""
