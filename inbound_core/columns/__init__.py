"""Columns of phones at speed: libphonenumber's rules as automata, stepped in one pass over Arrow buffers.

How it works, in the order of the modules:

`patterns`    a regular expression of phonenumbers as a graph of nodes; an unknown construct raises
`national`    per calling code, an automaton over digits: national number -> (general match, region, type)
`prefixes`    per region, automata over digits: national prefix and exit code -> digits to strip
`characters`  automata over classes of characters: is it a viable number, and where does its extension begin
`lengths`     per region and length of a number: is it possible
`tables`      all of these as flat arrays, compiled from the installed phonenumbers and kept in a cache file
`codes`       what is written for each row: why it has no number, and the arrays to be filled
`meanings`    each of these as status, reason and type, in tables for the kernel
`compiling`   numba, its cache, and pointers for the inner loops
`collecting`  a text -> its digits, as phonenumbers extracts them
`resolving`   digits -> calling code and national number, in `phonenumbers.parse`'s order of asking
`kernel`      the reader: one loop over rows that joins the two
`repair_rules`  each rule of `phone_repairs` over the bytes of plain ASCII
`candidates`  the repaired texts of doubtful rows, to be read by the kernel in their turn
`texts`       a column's buffers as the kernel takes them, and what it wrote as Arrow
`doubts`      the candidates read in their turn, and the first valid one proposed
`beside`      that module's kernel compiled by another process, while this one compiles the reader
`reading`     a block of texts -> codes, with phonenumbers itself for what the kernel leaves open
`numbers`     E.164 as whole numbers, for who wants to sort them
`results`     codes -> the columns of the answer

The public face is `inbound_core.phone_columns`.
"""
