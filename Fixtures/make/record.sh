#!/bin/bash
# Records sessions between real mail servers and clients, one capture a scenario.
#
#   sudo Fixtures/make/record.sh [--no-install] [SCENARIO...]
#
# Postfix and Dovecot (Debian's packages, private configurations in a temporary
# folder) run in one network namespace, the clients in another; the two are joined
# by a veth pair that tcpdump listens to.  Nothing of the system's own mail set-up is
# read or changed.  Captures and truth files are written to Fixtures/recorded.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/.." && pwd)/recorded
packages=(postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-managesieved swaks msmtp fetchmail curl
  tcpdump ethtool iproute2 openssl python3)

[ "$(id -u)" = 0 ] || { echo "record.sh: needs root, for network namespaces" >&2; exit 1; }
if [ "${1:-}" = --no-install ]; then
  shift
else
  # RUNLEVEL=1: the packages' own services are not started.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${packages[@]}"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mailwire-record.XXXXXX")
chmod 755 "$work"
client=mailwire-client server=mailwire-server
PATH=$PATH:/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE=1

in_server() { ip netns exec $server unshare --uts sh -c 'hostname mail.example.org; exec "$@"' sh "$@"; }
in_client() { ip netns exec $client unshare --uts sh -c 'hostname client.example.net; exec "$@"' sh "$@"; }

clean_up() {
  set +e
  [ -n "${dump:-}" ] && kill "$dump" 2>/dev/null
  postfix -c "$work/mx" stop >/dev/null 2>&1
  postfix -c "$work/relay" stop >/dev/null 2>&1
  [ -f "$work/dovecot/run/master.pid" ] && kill "$(cat "$work/dovecot/run/master.pid")"
  sleep 1
  ip netns del $client 2>/dev/null
  ip netns del $server 2>/dev/null
  if [ -n "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT

# The network: documentation addresses, documentation MAC addresses (RFC 9542).
ip netns add $client
ip netns add $server
ip link add c0 netns $client address 00:00:5e:00:53:10 type veth \
  peer name s0 netns $server address 00:00:5e:00:53:25
for ns in $client $server; do
  ip netns exec $ns sysctl -q -w net.ipv6.conf.all.accept_ra=0 \
    net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0 \
    net.ipv6.conf.all.disable_ipv6=0
  ip -n $ns link set lo up
done
for end in "$client c0 10" "$server s0 25"; do
  set -- $end "$@"
  ns=$1 device=$2 number=$3
  shift 3
  ip -n $ns addr add 192.0.2.$number/24 dev $device
  ip -n $ns addr add 2001:db8::$number/64 dev $device nodad
  ip -n $ns link set $device mtu 1500 up
done
# Where `openssl s_server` listens.
ip -n $server addr add 192.0.2.26/24 dev s0

offload() { # on | off
  for end in "$client c0" "$server s0"; do
    set -- "$1" $end
    ip netns exec $2 ethtool -K $3 rx $1 tx $1 sg $1 tso $1 gso $1 gro $1 >/dev/null 2>&1 || true
  done
}

# The servers.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
  -subj '/O=Example/CN=mail.example.org' -addext 'subjectAltName=DNS:mail.example.org' \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
cat "$work/key.pem" "$work/cert.pem" >"$work/key-cert.pem"
export CERTIFICATES=$work/certificates
"$here/certificates.sh" "$CERTIFICATES"
# TLS as old and as weak as OpenSSL has it, where a client asks for it.
cat >"$work/openssl.cnf" <<END
openssl_conf = openssl
[openssl]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256
END
chain() { cat "$CERTIFICATES/$1-key.pem" "$CERTIFICATES/$1.pem" ${2:+"$CERTIFICATES/$2.pem"} >"$work/chain-$1.pem"; }
chain rsa intermediate
chain ec intermediate
for name in expired future weak; do chain $name intermediate; done
chain self
cat "$CERTIFICATES/rsa-key.pem" "$CERTIFICATES/rsa.pem" >"$work/chain-alone.pem"
for name in expired future self weak alone; do echo "$name.example.org $work/chain-$name.pem"; done >"$work/names"
postmap -F "hash:$work/names"

services() {
  cat <<END
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
smtp      unix  -  -  n  -     -  smtp
lmtp      unix  -  -  n  -     -  lmtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n -   1  postlogd
END
}

common() { # name
  mkdir -p "$work/$1/queue" "$work/$1/data"
  chown postfix "$work/$1/data"
  cat <<END
compatibility_level = 3.6
queue_directory = $work/$1/queue
data_directory = $work/$1/data
maillog_file = $work/$1/mail.log
maillog_file_prefixes = $work
inet_protocols = all
disable_dns_lookups = yes
smtpd_peername_lookup = no
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mail
smtputf8_enable = yes
message_size_limit = 1000000
END
}

mkdir -p "$work/mx" "$work/relay"
{
  common mx
  cat <<END
myhostname = mail.example.org
mynetworks = 192.0.2.0/24 [2001:db8::]/64
default_transport = discard:
virtual_transport = discard:
relay_transport = discard:
virtual_mailbox_domains = example.org
virtual_mailbox_maps = texthash:$work/mx/recipients
relay_domains = example.net
smtpd_authorized_xclient_hosts = 192.0.2.10
smtpd_authorized_xforward_hosts = 192.0.2.10
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $work/dovecot/run/auth-smtp
smtpd_sasl_security_options = noanonymous
smtpd_tls_security_level = may
smtpd_tls_chain_files = $work/key-cert.pem
smtpd_error_sleep_time = 0
smtpd_tls_session_cache_database = btree:$work/mx/data/smtpd_scache
tls_server_sni_maps = hash:$work/names
import_environment = MAIL_CONFIG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME OPENSSL_CONF=$work/openssl.cnf
END
} >"$work/mx/main.cf"
for address in alice bob dave jürgen δοκιμή; do
  echo "$address@example.org here"
done >"$work/mx/recipients"
{
  services
  cat <<END
25        inet  n  -  n  -     -  smtpd
  -o message_size_limit=16384
587       inet  n  -  n  -     -  smtpd
2525      inet  n  -  n  -     -  smtpd
  -o smtpd_timeout=2s
END
  tls="-o smtpd_tls_chain_files=$work/chain-rsa.pem,$work/chain-ec.pem -o smtpd_tls_protocols=>=TLSv1
  -o smtpd_tls_ciphers=null -o smtpd_tls_mandatory_ciphers=null -o tls_null_cipherlist=ALL:COMPLEMENTOFALL:!CAMELLIA:@SECLEVEL=0
  -o smtpd_tls_dh1024_param_file=auto"
  cat <<END
192.0.2.25:465    inet  n  -  n  -     -  smtpd
  -o smtpd_tls_wrappermode=yes $tls
2587      inet  n  -  n  -     -  smtpd
  $tls
3587      inet  n  -  n  -     -  smtpd
  -o smtpd_tls_ask_ccert=yes -o tls_eecdh_auto_curves=secp384r1 $tls
END
} >"$work/mx/master.cf"
{
  common relay
  cat <<END
myhostname = client.example.net
inet_interfaces = loopback-only
mynetworks = 127.0.0.0/8
default_transport = discard:
transport_maps = inline:{ {example.org = smtp:[192.0.2.25]:25}, {example.net = lmtp:[192.0.2.25]:24} }
virtual_alias_maps =
relay_domains = example.org example.net
END
} >"$work/relay/main.cf"
{
  services
  echo "10025     inet  n  -  n  -     -  smtpd"
} >"$work/relay/master.cf"

mkdir -p "$work/dovecot/run" "$work/dovecot/state" "$work/mail"
chown mail:mail "$work/mail"
uid=$(id -u mail) gid=$(id -g mail)
cat >"$work/dovecot/users" <<END
alice:{PLAIN}wonderland-test:$uid:$gid::$work/mail/alice::
bob:{PLAIN}builder-test:$uid:$gid::$work/mail/bob::
dave:{PLAIN}full-test:$uid:$gid::$work/mail/dave::userdb_quota_rule=*:storage=1K
END
cat >"$work/dovecot/dovecot.conf" <<END
base_dir = $work/dovecot/run
state_dir = $work/dovecot/state
log_path = $work/dovecot/log
protocols = imap pop3 lmtp sieve
listen = 192.0.2.25, 2001:db8::25
mail_location = maildir:$work/mail/%n/Maildir
auth_username_format = %Ln
first_valid_uid = $uid
first_valid_gid = $gid
auth_mechanisms = plain login cram-md5 apop digest-md5 scram-sha-256
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <$work/cert.pem
ssl_key = <$work/key.pem
ssl_min_protocol = TLSv1.2
import_environment = \$import_environment OPENSSL_CONF=$work/openssl.cnf
mail_plugins = quota
lmtp_add_received_header = yes
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%Ln $work/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%Ln $work/dovecot/users
}
plugin {
  quota = maildir:User quota
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_quota_max_storage = 64K
}
protocol imap {
  mail_plugins = quota imap_zlib
  imap_idle_notify_interval = 2 mins
}
namespace inbox {
  inbox = yes
  separator = /
}
service auth {
  unix_listener auth-smtp {
    mode = 0666
  }
}
service lmtp {
  inet_listener lmtp {
    port = 24
  }
}
service stats {
  client_limit = 100
}
END

in_server postfix -c "$work/mx" start >/dev/null 2>&1
in_client postfix -c "$work/relay" start >/dev/null 2>&1
in_server dovecot -c "$work/dovecot/dovecot.conf"
sleep 2

# The recordings.
mkdir -p "$out"
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(python3 "$here/tls_scenarios.py" --list)

for name in "${names[@]}"; do
  rm -rf "$work"/mail/*
  options=(-i c0)
  case $name in
    smtp-offload-any) offload on; options=(-i any -y LINUX_SLL2) ;;
    smtp-offload) offload on ;;
    *) offload off ;;
  esac
  in_client python3 "$here/tls_scenarios.py" --prepare "$name"
  sleep 0.3
  for end in "$client c0" "$server s0"; do
    set -- $end
    ip -n $1 neigh flush dev $2
    ip -n $1 tcp_metrics flush >/dev/null 2>&1 || true
  done
  rm -f "$work/tcpdump.log" "$out/$name.pcap" "$out/$name.truth.json" "$out/$name.keys" "$out/$name.key.pem"
  ip netns exec $client tcpdump "${options[@]}" -n -U -Z root --immediate-mode \
    --time-stamp-precision=nano -w "$out/$name.pcap" 2>"$work/tcpdump.log" &
  dump=$!
  until grep -qs 'listening on' "$work/tcpdump.log"; do sleep 0.05; done
  in_client python3 "$here/tls_scenarios.py" "$name" "$out" || { echo "FAILED: $name" >&2; failed=1; }
  sleep 0.4
  kill -INT $dump
  wait $dump || true
  dump=
  printf '%-24s %6d bytes\n' "$name" "$(stat -c %s "$out/$name.pcap")"
done
exit ${failed:-0}
