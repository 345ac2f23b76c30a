"""`tidewaiter mock`: a contract served by the gateway's own wire and judges, with answers that are made up."""
