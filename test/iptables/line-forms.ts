/**
 * Lines of a payload, each in table filter with chains C and D, or nat where it says so; nothing is said of whether
 * they are right.
 */
export const lines: readonly string[] = [
  ...'-A C|-A  C|-A NONE|-A|-AC|--append C|--append=C|--app C|--ap C|-a C|-A C -j ACCEPT -A D|-A C -D C|-I C|-I C 1|-I C 0|-I C 2|-I C x|-I C 1 -j DROP'.split(
    '|',
  ),
  ...'-A C -ilo|-A C --in-interface=lo|-A C -s1.1.1.1|-A C --source=1.1.1.1|-A C --goto=D|-A C -gD|-A C -mtcp|-A C --jump=D|-A C -p=tcp|-A C -jACCEPT|-A C -ptcp -jACCEPT|-A C -p tcp -jACCEPT|-AC -ptcp --dport=80 -jDROP|-A C -p tcp --dport 80 -j REJECT --reject-with=tcp-reset'.split(
    '|',
  ),
  ...'-A C --jump ACCEPT|-A C --jum ACCEPT|-A C --j ACCEPT|-A C --protocol tcp|-A C --proto tcp|-A C --prot tcp|-A C --p tcp|-A C -p|-A C --protocol'.split(
    '|',
  ),
  ...'-A C -s 1.1.1.1 -s 2.2.2.2|-A C -p tcp -p udp|-A C -j ACCEPT -j DROP|-A C -g D|-A C -g D -j C|-A C -g ACCEPT|-A C -g NONE|-A C -j NONE|-A C -j D'.split(
    '|',
  ),
  ...'-A C ! -s 1.1.1.1|-A C -s ! 1.1.1.1|-A C ! ! -s 1.1.1.1|-A C -s 1.1.1.1 !|-A C ! -j ACCEPT|-A C ! -m tcp|-A C ! -p tcp|-A C ! -p tcp --dport 80'.split(
    '|',
  ),
  ...'-A C !-s 1.1.1.1|! -A C|-A C ! -i lo|-A C ! -o lo|-A C ! -f|-A C -f|-A C --fragment|-A C --fragments|-A C --frag|-A C -fv|-A C -vf'.split(
    '|',
  ),
  ...'-A C -s 1.1.1.1,2.2.2.2|-A C -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4|-A C ! -s 1.1.1.1,2.2.2.2|-A C -s 1.1.1.1,|-A C -s ,1.1.1.1|-A C -s "1.1.1.1, 2.2.2.2"'.split(
    '|',
  ),
  ...'-A C -s 1|-A C -s 1.2|-A C -s 1.2.3|-A C -s 1.2.3.4.5|-A C -s 256.1.1.1|-A C -s 1.1.1.1/32|-A C -s 1.1.1.1/33|-A C -s 1.1.1.1/-1|-A C -s 1.1.1.1/'.split(
    '|',
  ),
  ...'-A C -s 1.1.1.1/255.0.0.0|-A C -s 1.1.1.1/255.0.255.0|-A C -s 1.1.1.1/255.0|-A C -s 0x1.02.3.4|-A C -s foo/0|-A C -s ::1|-A C -s ""|-A C -s 1.1.1.1/1/2'.split(
    '|',
  ),
  ...'-A C -i lo|-A C -i eth+|-A C -i +|-A C -i ""|-A C -i 123456789012345|-A C -i 1234567890123456|-A C -i a/b|-A C -i "a b"|-A C -i ! lo|-A C -ilo'.split(
    '|',
  ),
  ...'-A INPUT -o lo|-A OUTPUT -i lo|-A INPUT -i lo|-A OUTPUT -o lo|-A FORWARD -i lo -o lo|-A C -p 0|-A C -p 6|-A C -p 255|-A C -p 256|-A C -p all|-A C -p ALL'.split(
    '|',
  ),
  ...'-A C -p TCP|-A C -p Tcp|-A C -p icmp|-A C -p icmpv6|-A C -p ipv6-icmp|-A C -p igmp|-A C -p 2|-A C -p foo|-A C -p ""|-A C -p 0x6|-A C -p 06|-A C -p udplite'.split(
    '|',
  ),
  ...'-A C -p sctp|-A C -p dccp|-A C -p mh|-A C -p gre|-A C -p esp|-A C -p ah|-A C -p 6 --dport 80|-A C -p 0x11 --dport 80|-A C ! -p 0|-A C -p mobility-header'.split(
    '|',
  ),
  ...'-A C --dport 80|-A C -m tcp --dport 80|-A C --dport 80 -p tcp|-A C -m tcp -p tcp --dport 80|-A C -p tcp -m tcp -m tcp|-A C -p tcp --dpor 80|-A C -p tcp --d 80'.split(
    '|',
  ),
  ...'-A C -m 1337|-A C -m|-A C -m ""|-A C -m TCP|-A C -m REDIRECT|-A C -m tcp -m udp|-A C -m icmp|-A C -m comment|-A C -m comment --comment|-A C --comment a'.split(
    '|',
  ),
  ...'-A C -m comment --comment ""|-A C -m comment --comment "a b"|-A C -m comment --comment "a|-A C -m comment --comment a"b|-A C -m comment --comment "a"b'.split(
    '|',
  ),
  ...'-A C -m comment --comment --jump|-A C -m comment --comment -j|-A C -m comment --comment "a\\"b"|-A C -m comment --comment a\\b|-A C -m comment --comment \'a'.split(
    '|',
  ),
  ...'-A C -n|-A C -v|-A C -vv|-A C -x|-A C --line-numbers|-A C --line|-A C -w|-A C -w5|-A C -w 5|-A C --wait|-A C -W|-A C -W 5|-A C -4|-A C -6|-6 -A NONE|-4 -A C'.split(
    '|',
  ),
  ...'-4|-6|-A C -j ACCEPT -6|-6 --bogus|--bogus -6|-A C --ipv4|-A C --ipv6|-t filter -A C|-A C -t filter|--table=filter -A C|-A C --|-A C -- x|-A C -|-A C x|-A C -j'.split(
    '|',
  ),
  ...'-c 1 2 -A C|-A C -c 1 2|-A C -c 1,2|-A C -c 1|-A C -c x 2|-A C -c 1 x|-A C --set-counters 1 2|-A C -c 1x 2x|-D C -c 1 2|-F C -c 1 2|-P INPUT -c 1 2 DROP'.split(
    '|',
  ),
  ...'[1:2] -A C|[1:2]-A C|[1:2 -A C|[12] -A C|[a:b] -A C|[:] -A C|[1:2]|[1:2] [3:4] -A C|-D C 1|-D C 0|-D C|-D C -j ACCEPT|-D NONE|-D C 1 -j ACCEPT|-D C x'.split(
    '|',
  ),
  ...'-R C 1|-R C|-R C 0 -j DROP|-R C 1 -s 1.1.1.1,2.2.2.2|-F|-F C|-F NONE|-FC|-F C -j DROP|--flush|--flush=C|--flush C|-Z|-Z C|-Z NONE|-Z C 1|-Z INPUT|-L|-L C|-L NONE'.split(
    '|',
  ),
  ...'-S|-S C|-L -n|-L -v -n -x --line-numbers|-L C 1|-L -Z|-Z -L|-L -S|-LZ|-S C 1|-N E|-N C|-N|-N E F|-N ACCEPT|-N REDIRECT|-N -x|-N !x|-N "a b"|-NE|--new E'.split(
    '|',
  ),
  ...'--new-chain E|-N 1234567890123456789012345678|-N 12345678901234567890123456789|-N INPUT|-N PREROUTING|-N E -j DROP|-X C|-X NONE|-X INPUT|-X C D|-X C -v|-P INPUT DROP'.split(
    '|',
  ),
  ...'-P INPUT ACCEPT|-P INPUT RETURN|-P INPUT|-P C DROP|-P NONE DROP|-P INPUT drop|-P INPUT DROP x|-P INPUT -|-E C|-E INPUT E|-E NONE E|-E C D|-E C INPUT|-C C|-C C -j DROP'.split(
    '|',
  ),
  ...'-C NONE|-h|-V|--help|--version|-A C -h|foo|-|--|!|*nat|:E - [0:0]|:E -|:E|:|: E -|:E ACCEPT|:INPUT DROP|:INPUT -|:INPUT FOO|:INPUT|:C - [0:0]|:INPUT DROP [1:2]'.split(
    '|',
  ),
  ...':INPUT DROP [1:2|:INPUT DROP x y z|:1234567890123456789012345678 -|:12345678901234567890123456789 -|COMMIT | COMMIT|commit|COMMIT x| -A C| :E -| # a|#| |\t|\r|-A C \r'.split(
    '|',
  ),
  ...'-A C -j DNAT --to-destination 1.1.1.1|-A INPUT -j REDIRECT|-A C -m multiport --dports 80|-A C -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15'.split(
    '|',
  ),
  ...'-A C -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16|-A C -p tcp -m multiport --dports 1:2,3,4,5,6,7,8,9,10,11,12,13,14,15|-A C -j ""'.split(
    '|',
  ),
  ...'-A C -p tcp -m multiport --dports 1:2,3,4,5,6,7,8,9,10,11,12,13,14,15,16|-A C -m multiport --dports 1 -p tcp|-A C -p tcp -m multiport --ports 5:5|-A C -j "a b"'.split(
    '|',
  ),
  `-A C -m comment --comment ${'x'.repeat(1023)}`,
  `-A C -m comment --comment ${'x'.repeat(1024)}`,
  `-A C${' -v'.repeat(240)}`,
  `-A C${' -v'.repeat(249)}`,
  `-A C${' -v'.repeat(250)}`,
  `-A C -j ${'x'.repeat(28)}`,
  `-A C -j ${'x'.repeat(29)}`,
  `-A ${'x'.repeat(29)}`,
]

/** Whole payloads: how tables begin and end. */
export const payloads: readonly string[] = [
  '* filter\nCOMMIT\n',
  '*filter extra\nCOMMIT\n',
  '* nat extra\nCOMMIT\n',
  '*\nCOMMIT\n',
  '*foo\nCOMMIT\n',
  '*filter\n',
  'COMMIT\n',
  '-A INPUT\n',
  ':INPUT ACCEPT\n',
  '*filter\nCOMMIT\nCOMMIT\n',
  '*filter\n*nat\nCOMMIT\n',
  '*filter\nCOMMIT\n*filter\nCOMMIT\n',
  '*filter\nCOMMIT\n# a\n\n',
  '\n\n# a\n*filter\n\n# b\nCOMMIT\n',
  '*filter\n \nCOMMIT\n',
  ' *filter\nCOMMIT\n',
  '*filter\r\nCOMMIT\r\n',
  '\ufeff*filter\nCOMMIT\n',
  '*filter\nCOMMIT\u00a0\n',
  '*filter\n-A INPUT -j ACCEPT # a\nCOMMIT\n',
  '*nat\n-A OUTPUT -j DROP\nCOMMIT\n',
  '*nat\n-P OUTPUT DROP\nCOMMIT\n',
  '*nat\n:OUTPUT DROP [0:0]\nCOMMIT\n',
  '*filter\n:A - [0:0]\n-A A -j B\n:B - [0:0]\nCOMMIT\n',
  '*filter\n:A - [0:0]\n:A - [0:0]\nCOMMIT\n',
  '*filter\n-N A\n-N A\nCOMMIT\n',
  '*filter\n-N A\n-A INPUT -j A\n-X A\nCOMMIT\n',
  '*filter\n-N A\n-A A -j ACCEPT\n-X A\nCOMMIT\n',
  '*filter\n-N A\n-X A\n-N A\nCOMMIT\n',
  '*filter\n-N A\n-X\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-D INPUT -j ACCEPT\nCOMMIT\n',
  '*filter\n-A INPUT -p tcp --dport 80\n-D INPUT -p tcp -m tcp --dport 80\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-D INPUT 1\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-D INPUT 2\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-R INPUT 1 -j DROP\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-R INPUT 2 -j DROP\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-I INPUT 2 -j DROP\nCOMMIT\n',
  '*filter\n-A INPUT -j ACCEPT\n-I INPUT 3 -j DROP\nCOMMIT\n',
  '*filter\n-A INPUT -j INPUT\nCOMMIT\n',
  '*filter\n-A INPUT -j OUTPUT\nCOMMIT\n',
]

/** Commands, each with an empty table filter that has a chain C. */
export const commands: readonly string[] = [
  '-A C',
  '-AC',
  '-t filter -A C',
  '-tfilter -A C',
  '-A C -t filter',
  '-t',
  '-t foo -A C',
  '-tnat -F',
  '-t filter -t nat -F',
  '--table=filter -F',
  '--tab filter -F',
  '-w -A C',
  '-w 5 -A C',
  '-w5 -A C',
  '-w x -A C',
  '-wx -A C',
  '--wait -A C',
  '--wait=5 -A C',
  '--wait 5 -A C',
  '--wait=x -A C',
  '-W 5 -A C',
  '-w -W 5 -A C',
  '-w -W -A C',
  '-w -W 1000000 -A C',
  '-w -W x -A C',
  '-w 0 -W 5 -A C',
  '-4 -A C',
  '-6 -A C',
  '-A C -6',
  '-n -A C',
  '-v -A C',
  '-vv -A C',
  '-L',
  '-nL',
  '-nvL',
  '-Ln',
  '-L -n',
  '-L C --line-numbers',
  '-S',
  '-F',
  '-X',
  '-Z',
  '-F C',
  '-X C',
  '-N E',
  '-N C',
  '-P OUTPUT DROP',
  '-P OUTPUT',
  '-E C E',
  '-D C 1',
  '-I C 1 -j ACCEPT',
  '-I C 2 -j ACCEPT',
  '-R C 1 -j ACCEPT',
  '-C C -j ACCEPT',
  '-A C -p tcp --dport 80 -j ACCEPT',
  '-A C -c 1 2',
  '',
  'foo',
  '-h',
  '-V',
  '--version',
  '-A C -j ACCEPT foo',
]
