"""Stand-ins for every outside system, on this machine, with a world of real, well-known audiobooks behind them."""
