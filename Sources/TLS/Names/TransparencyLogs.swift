/// Certificate transparency logs (RFC 6962), as Wireshark names them.
enum TransparencyLogs {
  /// By the ID of the log in hexadecimal: the SHA-256 of its key.
  static let names: [String: String] = [
    "a577ac9ced7548dd8f025b67a241089df86e0f476ec203c2ecbedb185f282638":
      "CNNIC CT log",
    "cdb5179b7fc1c046feea31136a3f8f002e6182faf8896fecc8b2f5b5ab604900":
      "Certly.IO log",
    "747eda8331ad331091219cce254f4270c2bffd5e422008c6373579e6107bcc56":
      "Cloudflare 'Nimbus2019' Log",
    "5ea773f9df56c0e7b536487dd049e0327a919a0c84a112128418759681714558":
      "Cloudflare 'Nimbus2020' Log",
    "4494652eb0eeceafc44007d8a8fe28c0dae682bed8cb31b53fd33396b5b681a8":
      "Cloudflare 'Nimbus2021' Log",
    "41c8cab1df22464a10c6a13a0942875e4e318b1b03ebeb4bc768f090629606f6":
      "Cloudflare 'Nimbus2022' Log",
    "7a328c54d8b72db620ea38e0521ee98416703213854d3bd22bc13a57a352eb52":
      "Cloudflare 'Nimbus2023' Log",
    "dab6bf6b3fb5b6229f9bc2bb5c6be87091716cbb51848534bda43d3048d7fbab":
      "Cloudflare 'Nimbus2024' Log",
    "ccfb0f6a85710965fe959b53cee9b27c22e9855c0d978db6a97e54c0fe4c0db0":
      "Cloudflare 'Nimbus2025'",
    "dcc95e6fa299b9b0fdbd6ca6a36e1d72c4212fdd1e0f47553a36d6cf1ad11d8d":
      "DigiCert 'Sphinx2024h2' Log",
    "0c2aef2c4a5b9883d4dda382fe50fb5188b3e97333a1ec53a09dc9a79d0d0820":
      "DigiCert 'Wyvern2024h2' Log",
    "5614069a2fd7c2ecd3f5e1bd44b23ec74676b9bc99115cc0ef949855d689d0dd":
      "DigiCert Log Server",
    "8775bfe7597cf88c43995fbdf36eff568d475636ff4ab560c1b4eaff5ea0830f":
      "DigiCert Log Server 2",
    "fe446108b1d01ab78a62ccfeab6ab2b2babff3abdad80a4d8b30df2d0008830c":
      "DigiCert Nessie2019 Log",
    "c652a0ec48ceb3fcab170992c43a87413309e80065a26252401ba3362a17c565":
      "DigiCert Nessie2020 Log",
    "eec095ee8d72640f92e3c3b91bc712a3696a097b4b6a1a1438e647b2cbedc5f9":
      "DigiCert Nessie2021 Log",
    "51a3b0f5fd01799c566db837788f0ca47acc1b27cbf79e88429a0dfed48b05e5":
      "DigiCert Nessie2022 Log",
    "b3737707e18450f86386d605a9dc11094a792db1670c0b87dcf0030e7936a59a":
      "DigiCert Nessie2023 Log",
    "73d99e891b4c9678a0207d479de6b2c61cd0515e71192a8c6b80107ac17772b5":
      "DigiCert Nessie2024 Log",
    "e6d2316340778cc1104106d771b9cec1d240f6968486fbba87321dfd1e378e50":
      "DigiCert Nessie2025 Log",
    "e2694bae26e8e94009e8861bb63b83d43ee7fe7488fba48f2893019dddf1dbfe":
      "DigiCert Yeti2019 Log",
    "f095a459f200d18240102d2f93888ead4bfe1d47e399e1d034a6b0a8aa8eb273":
      "DigiCert Yeti2020 Log",
    "5cdc4392fee6ab4544b15e9ad456e61037fbd5fa47dca17394b25ee6f6c70eca":
      "DigiCert Yeti2021 Log",
    "2245450759552456963fa12ff1f76d86e0232663adc04b7f5dc6835c6ee20f02":
      "DigiCert Yeti2022 Log",
    "059c01d320e00784139580498d117c903266afaf7250b5af3b46a43e11840d4a":
      "DigiCert Yeti2022-2 Log",
    "35cf191bbfb16c57bf0fad4c6d42cbbbb627202651ea3fe12aefa803c33bd64c":
      "DigiCert Yeti2023 Log",
    "48b0e36bdaa647340fe56a02fa9d30eb1c5201cb56dd2c81d9bbbfab39d88473":
      "DigiCert Yeti2024 Log",
    "7d591e12e1782a7b1c61677c5efdf8d0875c14a04e959eb9032fd90e8c2e79b8":
      "DigiCert Yeti2025 Log",
    "63f2dbcde83bcc2ccf0b728427576b33a48d61778fbd75a638b1c768544bd88d":
      "Google 'Argon2019' log",
    "b21e05cc8ba2cd8a204e8766f92bb98a2520676bdafa70e7b249532def8b905e":
      "Google 'Argon2020' log",
    "f65c942fd1773022145418083094568ee34d131933bfdf0c2f200bcc4ef164e3":
      "Google 'Argon2021' log",
    "2979bef09e393921f056739f63a577e5be577d9c600af8f94d5d265c255dc784":
      "Google 'Argon2022' log",
    "e83ed0da3ef5063532e75728bc896bc903d3cbd1116beceb69e1777d6d06bd6e":
      "Google 'Argon2023' log",
    "eecdd064d5db1acec55cb79db4cd13a23287467cbcecdec351485946711fb59b":
      "Google 'Argon2024' log",
    "4e75a3275c9a10c3385b6cd4df3f52eb1df0e08e1b8d69c0b1fa64b1629a39df":
      "Google 'Argon2025h1' log",
    "68f698f81f6482be3a8ceeb9281d4cfc71515d6793d444d10a67acbb4f4ffbc4":
      "Google 'Aviator' log",
    "293c519654c83965baaa50fc5807d4b76fbf587a2972dca4c30cf4e54547f478":
      "Google 'Icarus' log",
    "a4b90990b418581487bb13a2cc67700a3c359804f91bdfb8e377cd0ec80ddc10":
      "Google 'Pilot' log",
    "ee4bbdb775ce60bae142691fabe19e66a30f7e5fb072d88300c47b897aa8fdcb":
      "Google 'Rocketeer' log",
    "bbd9dfbc1f8a71b593942397aa927b473857950aab52e81a909664368e1ed185":
      "Google 'Skydiver' log",
    "0b760e9a8b9a682f88985b15e947501a56446bba8830785c3842994386450c00":
      "Google 'Solera2019' log",
    "084114980071532c16190460bcfc47fdc2653afa292c72b37ff863ae29ccc9f0":
      "Google 'Xenon2019' log",
    "07b75c1be57d68fff1b0c61d2315c7bae6577c5794b76aeebc613a1a69d3a21c":
      "Google 'Xenon2020' log",
    "7d3ef2f88fff88556824c2c0ca9e5289792bc50e78097f2e6a9768997e22f0d7":
      "Google 'Xenon2021' log",
    "46a555eb75fa912030b5a28969f4f37d112c4174befd49b885abf2fc70fe6d47":
      "Google 'Xenon2022' log",
    "adf7befa7cff10c88b9d3d9c1e3e186ab467295dcfb10c24ca858634ebdc828a":
      "Google 'Xenon2023' log",
    "76ff883f0ab6fb9551c261ccf587ba34b4a4cdbb29dc68420a9fe6674c5a3a74":
      "Google 'Xenon2024' log",
    "cf1156eed52e7caff3875bd9692e9be91a71674ab017ecac01d25b77cecc3b08":
      "Google 'Xenon2025h1' log",
    "7461b4a09cfb3d41d75159575b2e7649a445a8d27709b0cc564a6482b7eb41a3":
      "Izenpe log",
    "9420bc1e8ed58d6c88731f828b222c0dd1da4d5e6c4f943d61db4e2f584da2c2":
      "Let's Encrypt 'Oak2021' log",
    "dfa55eab68824f1f6cadeeb85f4e3e5aeacda212a46a5e8e3b12c020445c2a73":
      "Let's Encrypt 'Oak2022' log",
    "b73efb24df9c4dba75f239c5ba58f46c5dfc42cf7a9f35c49e1d098125edb499":
      "Let's Encrypt 'Oak2023' log",
    "3b5377753e2db9804e8b305b06fe403b67d84fc3f4c7bd000d2d726fe1fad417":
      "Let's Encrypt 'Oak2024H1' log",
    "3f174b4fd7224758941d651c84be0d12ed90377f1f856aebc1bf2885ecf8646e":
      "Let's Encrypt 'Oak2024H2' log",
    "a2e30ae445efbdad9b7e38ed47677753d7825b8494d72b5e1b2cc4b950a447e7":
      "Let's Encrypt 'Oak2025h1'",
    "6f5376ac31f03119d89900a45115ff77151c11d902c10029068db2089a37d913":
      "Sectigo 'Mammoth' CT log",
    "29d03a1bb674aa711cd3035b6557c14f8aa78b4fe8389449eca453f944bd2468":
      "Sectigo 'Mammoth2024h1'",
    "5581d4c2169036014aea0b9b573c53f0c0e43878702508172fa3aa1d0713d30c":
      "Sectigo 'Sabre' CT log",
    "34bb6ad6c3df9c03eea8a499ff7891486c9d5e5cac92d01f7bfd1bce19db48ef":
      "StartCom log",
    "15970488d7b997a05beb52512adee8d2e8b4a3165264121a9fabfbd5f85ad93f":
      "Symantec 'Sirius' log",
    "bc78e1dfc5f63c684649334da10fa15f0979692009c081b4f3f6917f3ed9b8a5":
      "Symantec 'Vega' log",
    "ddeb1d2b7a0d4fa6208b81ad8168707e2e8e9d01d55c888d3d11c4cdb6ecbecc":
      "Symantec log",
    "a8dc52f63d6b2425e531e37cf4e44a714f142a20803b0d04d2e2ee0664794a23":
      "Trust Asia CT2021",
    "678db65b3e7443b6f3a370d5e13ab1b43be0a0d351f7ca742250c7c6fa51a88a":
      "Trust Asia Log2021",
    "c365f9b3654f3283c79da98e93d7418f5bab7be3252c98e1d2f04bb9eb427d23":
      "Trust Asia Log2022",
    "e87ea7660bc26cf6002ef5725d3fe0e331b9393bb92fbf58eb3b9049daf5435a":
      "Trust Asia Log2023",
    "874fb50dc029d9931de573e9f2899e8e4533b392d38b0a462574bf0feeb2fc1e":
      "Trust Asia Log2024-2",
    "03019df3fd85a69a8ebd1facc6da9ba73e469774fe77f579fc5a08b8328c1d6b":
      "Venafi Gen2 CT log",
    "ac3b9aed7fa9674757159e6d7d575672f9d98100941e9bdeffeca1313b75782d":
      "Venafi log",
    "41b2dc2e89e63ce4af1ba7bb29bf68c6dee6f9f1cc047e30dffae3b3ba259263":
      "WoSign log",
  ]
}
