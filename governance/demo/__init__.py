"""The demo: a whole group on one machine, and two dozen calls that show each success and each refusal."""
