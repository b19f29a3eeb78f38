console.error('Switchboard: the widget is not built. Run "make build" in the source folder and start the server again.');
