module example.org/echo

go 1.19

require github.com/Shopify/toxiproxy/v2 v2.12.0
