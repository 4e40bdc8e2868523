"""Vector stores: OpenAI's semantics over any `VectorIndex`.

`tables` is the truth about stores, files and batches; a provider's index holds the chunks. `stores`, `files` and
`chunks` are the APIs, `ingestion` the job that fills a store, `search` what is found, `upkeep` what keeps tables and
indexes together.
"""
