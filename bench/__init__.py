"""Programs that measure speed and accuracy, and the figures they gave (`bench/results/`)."""
