"""What we seal: codes, envelopes and keys. Plain Python, no log, no clock."""
