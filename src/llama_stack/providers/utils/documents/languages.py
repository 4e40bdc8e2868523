"""How the names of source code and configuration files end."""

__all__ = ("LANGUAGES",)

_WRITTEN = """
asm astro bash bat bib c cc cfg clj cljs cmake cob conf cpp cs css cu cxx dart diff dockerfile el elm env erl ex exs f90
fish for fs fsx gd go gql gradle graphql groovy h hcl hh hpp hs hxx ini ipp java jl js jsx kt kts less lisp lock lua m
makefile ml mli mm nim nix nu pas patch php pl plist pm proto ps1 py pyi pyx r rb rkt rs s sass scala scm scss sh sol
sql sv svelte swift tcl tf thrift toml ts tsx v vb vhd vhdl vim vue wat xml xsd xsl yaml yml zig zsh
"""
LANGUAGES = tuple(_WRITTEN.split())
