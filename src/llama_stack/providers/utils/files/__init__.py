"""What file providers share: how a file is received, who may see it, where its bytes are."""
