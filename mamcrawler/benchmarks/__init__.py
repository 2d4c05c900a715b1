"""Measuring the product against its bars, each figure beside the baseline it is compared to in the same run."""
