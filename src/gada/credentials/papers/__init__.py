"""Drawing cards and slips. It reads and writes nothing: what is drawn stands in a `Face`."""
