// An example of a rule builder: OSM's outbound ports, in ten lines.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var asked struct{ Config struct{ OutboundPortExclusionList []int } }
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	fmt.Print("*nat\n-N MESH_OUT\n-A OUTPUT -p tcp -j MESH_OUT\n-A MESH_OUT -o lo -j RETURN\n-A MESH_OUT -m owner --uid-owner 1500 -j RETURN\n")
	for _, port := range asked.Config.OutboundPortExclusionList {
		fmt.Printf("-A MESH_OUT -p tcp --dport %d -j RETURN\n", port)
	}
	fmt.Print("-A MESH_OUT -p tcp -j REDIRECT --to-ports 15001\n-A PREROUTING -p tcp -j REDIRECT --to-ports 15003\nCOMMIT\n")
}
