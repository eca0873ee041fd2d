"""The audit: who asked, saw, wrote and decided what, as rows of hash chains that nobody can change unnoticed.

`record` is pure (rows, commitments, hashes); `chain` appends in the caller's transaction; `verify` and `effects` check;
`reading` and `export` show rows to those who may read them; `forget` empties what was erased and keeps the chain whole.
"""
