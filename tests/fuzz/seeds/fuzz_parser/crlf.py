pdef f():
	passx = 1
