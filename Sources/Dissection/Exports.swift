// What the signatures of this library mention: `import Dissection` is enough to use it.

@_exported import Capture
@_exported import Fields
@_exported import Mail
@_exported import TLS
@_exported import Wire
