pdef f(:
  class
	x = [((
"""never closed