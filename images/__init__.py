"""Container images of the product: where they come from, and how they are built where no registry answers.

`images/README.md` tells the two worlds apart. This package imports no other package of the project.
"""
