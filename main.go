// Command dchat is a live 1:1 chat that anyone can host.
package main

import "dchat/app/cli"

func main() { cli.Main() }
