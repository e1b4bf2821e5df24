print("control-room")
