print("mailwire")
