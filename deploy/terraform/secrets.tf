# They stand in the state, too: keep it encrypted, and let few read it.
resource "random_password" "database" {
  length  = 40
  special = false
}

resource "random_password" "broker" {
  length  = 40
  special = false
}

resource "random_password" "key_pepper" {
  length  = 64
  special = false
}

resource "random_password" "audit_key" {
  length  = 64
  special = false
}

locals {
  broker_host = split(":", split("//", aws_mq_broker.main.instances[0].endpoints[0])[1])[0]
  secrets = {
    database_url = "postgresql://lazaret:${random_password.database.result}@${aws_db_instance.main.endpoint}/lazaret?sslmode=require"
    broker_url   = "amqps://lazaret:${random_password.broker.result}@${local.broker_host}:5671/"
    key_pepper   = random_password.key_pepper.result
    audit_key    = random_password.audit_key.result
  }
  # Which service is given which; the migration needs the database only.
  secrets_of = {
    gateway   = ["database_url", "broker_url", "key_pepper", "audit_key"]
    generator = ["database_url", "broker_url"]
    writer    = ["database_url", "broker_url"]
    scheduler = ["database_url", "broker_url"]
    migrate   = ["database_url"]
  }
}

resource "aws_secretsmanager_secret" "main" {
  # checkov:skip=CKV2_AWS_57:the rotation procedure is in docs/operations.md, it must drain the services
  for_each   = toset(["database_url", "broker_url", "key_pepper", "audit_key"])
  name       = "${local.name}/${each.key}"
  kms_key_id = aws_kms_key.main.arn
}

resource "aws_secretsmanager_secret_version" "main" {
  for_each      = aws_secretsmanager_secret.main
  secret_id     = each.value.id
  secret_string = local.secrets[each.key]
}
