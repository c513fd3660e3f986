"""The numbers of the subjects that pages explore, a folder each; no study knows another."""
