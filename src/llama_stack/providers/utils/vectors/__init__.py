"""What vector backends share: numbers in and out, the contract's errors, keyword scores."""
