resource "aws_kms_key" "main" {
  description             = "${local.name}: database, broker, secrets, logs, archives"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:a key's policy names the key itself by *
  # checkov:skip=CKV_AWS_111:a key's policy names the key itself by *
  # checkov:skip=CKV_AWS_356:a key's policy names the key itself by *
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_db_subnet_group" "main" {
  name       = local.name
  subnet_ids = [for subnet in aws_subnet.data : subnet.id]
}

resource "aws_db_parameter_group" "main" {
  name   = local.name
  family = "postgres17"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "jit"
    value = "0"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
  # COPY of parts needs room between checkpoints.
  parameter {
    name  = "max_wal_size"
    value = "8192"
  }
}

resource "aws_db_instance" "main" {
  # checkov:skip=CKV_AWS_161:services sign in with a rotated password from a file, as everywhere else
  identifier                      = local.name
  engine                          = "postgres"
  engine_version                  = "17"
  instance_class                  = var.database.class
  allocated_storage               = var.database.storage_gib
  max_allocated_storage           = var.database.storage_gib_max
  storage_type                    = "gp3"
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.main.arn
  db_name                         = "lazaret"
  username                        = "lazaret"
  password                        = random_password.database.result
  multi_az                        = var.database.multi_zone
  db_subnet_group_name            = aws_db_subnet_group.main.name
  parameter_group_name            = aws_db_parameter_group.main.name
  vpc_security_group_ids          = [aws_security_group.data.id]
  backup_retention_period         = var.retention_days.backups
  copy_tags_to_snapshot           = true
  deletion_protection             = var.deletion_protection
  skip_final_snapshot             = false
  final_snapshot_identifier       = "${local.name}-last"
  auto_minor_version_upgrade      = true
  monitoring_interval             = 30
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.main.arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  ca_cert_identifier              = "rds-ca-rsa2048-g1"
}

resource "aws_iam_role" "monitoring" {
  name               = "${local.name}-rds-monitoring"
  assume_role_policy = data.aws_iam_policy_document.assume["monitoring.rds"].json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_mq_broker" "main" {
  # checkov:skip=CKV_AWS_48:general logs are on; RabbitMQ on Amazon MQ has no audit log
  broker_name                = local.name
  engine_type                = "RabbitMQ"
  engine_version             = "4.2"
  host_instance_type         = var.broker.class
  deployment_mode            = var.broker.mode
  auto_minor_version_upgrade = true
  publicly_accessible        = false
  subnet_ids                 = var.broker.mode == "SINGLE_INSTANCE" ? [values(aws_subnet.data)[0].id] : [for subnet in aws_subnet.data : subnet.id]
  security_groups            = [aws_security_group.data.id]
  encryption_options {
    use_aws_owned_key = false
    kms_key_id        = aws_kms_key.main.arn
  }
  logs {
    general = true
  }
  user {
    username = "lazaret"
    password = random_password.broker.result
  }
}

# Exports that are to be kept.
resource "aws_s3_bucket" "archives" {
  # checkov:skip=CKV_AWS_144:an archive can be rendered again from its job
  # checkov:skip=CKV2_AWS_62:nobody waits for objects here
  # checkov:skip=CKV_AWS_18:access is in CloudTrail
  bucket = "${local.name}-archives-${data.aws_caller_identity.current.account_id}"
}

resource "aws_s3_bucket_versioning" "archives" {
  bucket = aws_s3_bucket.archives.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archives" {
  bucket = aws_s3_bucket.archives.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "archives" {
  bucket                  = aws_s3_bucket.archives.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "archives" {
  bucket = aws_s3_bucket.archives.id
  rule {
    id     = "age"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }
}
