#!/bin/bash
# Makes the certificates of the TLS scenarios: certificates.sh FOLDER
#
# A root, an intermediate authority, and what it issues for mail.example.org and for names that say
# what is wrong with their certificate. NAME.pem and NAME-key.pem of each.
set -euo pipefail
mkdir -p "$1"
cd "$1"
chmod 700 .
touch index.txt
echo 01 >serial
cat >ca.cnf <<'END'
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = policy
unique_subject = no
copy_extensions = copy
x509_extensions = leaf
[policy]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END

request() { # name subject host options...
  local name=$1 subject=$2 host=$3
  shift 3
  openssl req -new -nodes -keyout "$name-key.pem" -out "$name.csr" -subj "$subject" \
    -addext "subjectAltName=DNS:$host" "$@" 2>/dev/null
}
issue() { # issuer name start end options...
  local issuer=$1 name=$2 start=$3 end=$4
  shift 4
  openssl ca -batch -notext -config ca.cnf -cert "$issuer.pem" -keyfile "$issuer-key.pem" \
    -in "$name.csr" -out "$name.pem" -startdate "$start" -enddate "$end" "$@" 2>/dev/null
}
rsa=(-newkey rsa:2048) ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
start=20200101000000Z end=20991231235959Z

openssl req -x509 -nodes "${ec[@]}" -days 36500 -subj '/O=Example/CN=Example Root' \
  -keyout root-key.pem -out root.pem 2>/dev/null
openssl req -new -nodes "${ec[@]}" -subj '/O=Example/CN=Example Intermediate' \
  -keyout intermediate-key.pem -out intermediate.csr 2>/dev/null
issue root intermediate $start $end -extensions authority

request rsa '/O=Example/CN=mail.example.org' 'mail.example.org, DNS:alone.example.org' "${rsa[@]}"
issue intermediate rsa $start $end
request ec '/O=Example/CN=mail.example.org' mail.example.org "${ec[@]}"
issue intermediate ec $start $end
request expired '/O=Example/CN=expired.example.org' expired.example.org "${rsa[@]}"
issue intermediate expired $start 20210101000000Z
request future '/O=Example/CN=future.example.org' '*.example.org' "${rsa[@]}"
issue intermediate future 20900101000000Z $end
request weak '/O=Example/CN=weak.example.org' weak.example.org -newkey rsa:1024
issue intermediate weak $start $end -md sha1
openssl req -x509 -nodes "${rsa[@]}" -days 36500 -subj '/CN=self.example.org' \
  -addext 'subjectAltName=DNS:self.example.org' -keyout self-key.pem -out self.pem 2>/dev/null
request client '/O=Example/CN=client.example.net' client.example.net "${rsa[@]}"
issue intermediate client $start $end
cat client-key.pem >>client.pem
chmod 755 .
