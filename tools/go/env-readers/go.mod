module github.com/pulumi-airflow-env/tools/env-readers

go 1.26.0

require (
	github.com/compose-spec/compose-go/v2 v2.1.0
	github.com/compose-spec/godotenv v1.1.1
	github.com/joho/godotenv v1.5.1
)

require (
	github.com/sirupsen/logrus v1.9.0 // indirect
	golang.org/x/sys v0.1.0 // indirect
)
