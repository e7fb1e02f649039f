"""From the source packages to prepared splits, and from these to encoded examples."""
