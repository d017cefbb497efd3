// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("SuppressedAssociatedTypes"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "mailwire",
  products: [
    .library(name: "Dissection", targets: ["Dissection"]),
    .executable(name: "mailwire", targets: ["mailwire"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
  ],
  targets: [
    .systemLibrary(name: "CPcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CIconv"),
    .systemLibrary(name: "CMalloc"),
    .target(
      name: "Capture", dependencies: ["CMalloc", "CPcap", "CZlib", "CZstd"], swiftSettings: settings
    ),
    .target(
      name: "CVendors",
      exclude: [
        "generate.py", "known.tsv", "names.txt", "prefixes24.txt", "prefixes28.txt",
        "prefixes36.txt",
      ]),
    .target(name: "Fields", dependencies: ["CVendors"], swiftSettings: settings),
    .target(
      name: "Wire",
      dependencies: ["Fields", .product(name: "DequeModule", package: "swift-collections")],
      swiftSettings: settings),
    .target(name: "Applications", dependencies: ["Fields"], swiftSettings: settings),
    .target(
      name: "Mail",
      dependencies: [
        "Fields", "CIconv", .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "TLS",
      dependencies: [
        "Fields",
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "Dissection",
      dependencies: [
        "Capture", "Fields", "Wire", "Applications", "Mail", "TLS",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "mailwire",
      dependencies: [
        "Dissection", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Fields", "Wire", "Applications", "Mail"],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    .testTarget(
      name: "ApplicationsTests", dependencies: ["Applications", "Fields", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CaptureTests", dependencies: ["Capture", "CPcap", "TestSupport"],
      swiftSettings: settings, linkerSettings: [.linkedLibrary("pcap")]),
    .testTarget(
      name: "FieldsTests", dependencies: ["Fields", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "WireTests", dependencies: ["Wire", "Fields", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "MailTests", dependencies: ["Mail", "Applications", "Fields", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "TLSTests", dependencies: ["TLS", "Fields", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "DissectionTests",
      dependencies: [
        "Dissection", "Applications", "Capture", "Wire", "Mail", "Fields", "TestSupport",
        "CAllocations",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      exclude: ["Filters"], swiftSettings: settings),
  ],
  cLanguageStandard: .c2x
)
