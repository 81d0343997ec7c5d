#!/bin/sh
# An example of a rule builder: OSM's outbound ports, in ten lines.
ports=$(sed -n 's/.*"outboundPortExclusionList":\[\([0-9,]*\)\].*/\1/p')
printf '%s\n' '*nat' '-N MESH_OUT' '-A OUTPUT -p tcp -j MESH_OUT' '-A MESH_OUT -o lo -j RETURN' \
  '-A MESH_OUT -m owner --uid-owner 1500 -j RETURN'
for port in $(echo "$ports" | tr , ' '); do
  echo "-A MESH_OUT -p tcp --dport $port -j RETURN"
done
printf '%s\n' '-A MESH_OUT -p tcp -j REDIRECT --to-ports 15001' '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003' COMMIT
