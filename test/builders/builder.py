#!/usr/bin/env python3
"""An example of a rule builder: OSM's outbound ports, in ten lines."""
import json, sys

asked = json.load(sys.stdin)
ports = asked["config"].get("outboundPortExclusionList", [])
rules = ["-N MESH_OUT", "-A OUTPUT -p tcp -j MESH_OUT", "-A MESH_OUT -o lo -j RETURN", "-A MESH_OUT -m owner --uid-owner 1500 -j RETURN"]
rules += [f"-A MESH_OUT -p tcp --dport {port} -j RETURN" for port in ports]
rules += ["-A MESH_OUT -p tcp -j REDIRECT --to-ports 15001", "-A PREROUTING -p tcp -j REDIRECT --to-ports 15003"]
print("*nat", *rules, "COMMIT", sep="\n")
