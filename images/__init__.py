"""Container images of the product: where they come from, and how they are built where no registry answers.

`images/README.md` tells the two worlds apart. This package needs the standard library only, because it runs
before the project's environment exists.
"""
