pdef f():
	tasŠò‡ß1= __main__