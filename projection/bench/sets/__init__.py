"""Readers of the evaluation sets, each from its folder; which languages and parts there are is read off the files."""
