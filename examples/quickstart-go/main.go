// One Workspace on a local store, three Airflow installations, two connections, two links, one Override.
package main

import (
	"github.com/pulumi-airflow-env/sdk/airflowenv"
	"github.com/pulumi-airflow-env/sdk/airflowenv/connections"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(program)
}

func program(ctx *pulumi.Context) error {
	// Where everything is kept: an encrypted local store here, Vault or AWS Secrets Manager in production.
	data, err := airflowenv.NewWorkspace(ctx, "data", &airflowenv.WorkspaceArgs{Store: pulumi.String("local:.airflow-env")})
	if err != nil {
		return err
	}
	workspace := airflowenv.WorkspaceReferenceArgs{Name: data.Name, Store: data.Store}

	// Three Airflow installations. On Kubernetes: Kubernetes: airflowenv.KubernetesTargetArgs{…} as the target.
	deployments := map[string]*airflowenv.Deployment{}
	for _, name := range []string{"prod", "staging", "dev"} {
		directory := airflowenv.DirectoryTargetArgs{Path: pulumi.String("deployments/" + name)}
		deployments[name], err = airflowenv.NewDeployment(ctx, name, &airflowenv.DeploymentArgs{
			Workspace: workspace,
			Target:    airflowenv.DeploymentTargetArgs{Directory: directory},
		})
		if err != nil {
			return err
		}
	}
	prod, staging, dev := deployments["prod"], deployments["staging"], deployments["dev"]

	// Restricted: only Deployments that are linked get it.
	warehouse, err := connections.NewPostgres(ctx, "warehouse", &connections.PostgresArgs{
		Workspace: workspace,
		Host:      pulumi.String("warehouse.internal"),
		Login:     pulumi.String("etl"),
		Password:  config.New(ctx, "").RequireSecret("warehousePassword"),
		Port:      pulumi.Int(5432),
		Schema:    pulumi.String("dw"),
		Sslmode:   pulumi.String("require"),
	})
	if err != nil {
		return err
	}

	// LinkedToAll: every current and future Deployment gets it.
	if _, err := airflowenv.NewConnection(ctx, "alerts", &airflowenv.ConnectionArgs{
		Workspace: workspace,
		ConnType:  pulumi.String("http"),
		Host:      pulumi.String("https://alerts.internal"),
		Password:  pulumi.String("alerts-token"),
		Sharing:   airflowenv.SharingLinkedToAll,
	}); err != nil {
		return err
	}

	// One password, two databases: production reads from another host.
	if _, err := airflowenv.NewConnectionLink(ctx, "warehouse-staging", &airflowenv.ConnectionLinkArgs{
		Workspace:  workspace,
		ConnId:     warehouse.ConnId,
		Deployment: staging.Name,
	}); err != nil {
		return err
	}
	inProd, err := airflowenv.NewConnectionLink(ctx, "warehouse-prod", &airflowenv.ConnectionLinkArgs{
		Workspace:  workspace,
		ConnId:     warehouse.ConnId,
		Deployment: prod.Name,
		Overrides: airflowenv.ConnectionValuesArgs{
			Host:  pulumi.String("warehouse-prod.internal"),
			Extra: pulumi.Map{"sslmode": pulumi.String("verify-full")},
		},
	})
	if err != nil {
		return err
	}

	// The team that owns production sets its own login, without touching the connection.
	if _, err := airflowenv.NewOverride(ctx, "warehouse-prod-login", &airflowenv.OverrideArgs{
		Workspace:  workspace,
		ConnId:     warehouse.ConnId,
		Deployment: prod.Name,
		Fields:     airflowenv.ConnectionValuesArgs{Login: pulumi.String("etl_prod")},
	}, pulumi.DependsOn([]pulumi.Resource{inProd})); err != nil {
		return err
	}

	ctx.Export("workspace", data.Name)
	ctx.Export("deployments", pulumi.StringArray{prod.Name, staging.Name, dev.Name})
	return nil
}
