// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "verdicts",
  dependencies: [.package(name: "mailwire", path: "../..")],
  targets: [
    .executableTarget(
      name: "verdicts", dependencies: [.product(name: "Dissection", package: "mailwire")])
  ]
)
