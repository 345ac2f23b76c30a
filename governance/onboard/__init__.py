"""`tidewaiter onboard`: an entity from candidate to live, each step on evidence."""
