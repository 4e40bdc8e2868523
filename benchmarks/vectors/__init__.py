"""Vector search: our embedded index beside exact numpy, faiss, sqlite-vec and Chroma, over the same vectors."""
