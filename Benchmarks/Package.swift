// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what it depends on is nothing that mailwire needs.
let package = Package(
  name: "parts",
  dependencies: [
    .package(name: "mailwire", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Parts",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "Dissection", package: "mailwire"),
      ],
      path: "Benchmarks/Parts",
      swiftSettings: [.enableExperimentalFeature("Lifetimes")],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ]
)
