locals {
  name     = "lazaret-${var.environment}"
  services = toset(["gateway", "generator", "writer", "scheduler"])
}

resource "aws_vpc" "main" {
  # checkov:skip=CKV2_AWS_11:flow logs are switched on for the whole account
  cidr_block           = var.network_range
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = local.name }
}

# Nobody uses the group that AWS makes: it allows nothing.
resource "aws_default_security_group" "unused" {
  vpc_id = aws_vpc.main.id
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

# Three tiers a zone: the load balancer, the services, the data.
resource "aws_subnet" "edge" {
  for_each          = { for index, zone in var.zones : zone => index }
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network_range, 8, each.value)
  tags              = { Name = "${local.name}-edge-${each.key}" }
}

resource "aws_subnet" "inside" {
  for_each          = { for index, zone in var.zones : zone => index }
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network_range, 4, each.value + 1)
  tags              = { Name = "${local.name}-inside-${each.key}" }
}

resource "aws_subnet" "data" {
  for_each          = { for index, zone in var.zones : zone => index }
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network_range, 8, each.value + 240)
  tags              = { Name = "${local.name}-data-${each.key}" }
}

resource "aws_eip" "out" {
  for_each = aws_subnet.edge
  domain   = "vpc"
}

resource "aws_nat_gateway" "out" {
  for_each      = aws_subnet.edge
  subnet_id     = each.value.id
  allocation_id = aws_eip.out[each.key].id
}

resource "aws_route_table" "edge" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "edge" {
  for_each       = aws_subnet.edge
  subnet_id      = each.value.id
  route_table_id = aws_route_table.edge.id
}

resource "aws_route_table" "inside" {
  for_each = aws_subnet.inside
  vpc_id   = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.out[each.key].id
  }
}

resource "aws_route_table_association" "inside" {
  for_each       = aws_subnet.inside
  subnet_id      = each.value.id
  route_table_id = aws_route_table.inside[each.key].id
}

resource "aws_security_group" "edge" {
  name        = "${local.name}-edge"
  description = "Clients reach the load balancer"
  vpc_id      = aws_vpc.main.id
  ingress {
    description = "HTTPS from anywhere"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    description = "The gateways"
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = [for subnet in aws_subnet.inside : subnet.cidr_block]
  }
}

resource "aws_security_group" "services" {
  name        = "${local.name}-services"
  description = "The load balancer reaches the gateways; services reach data and AWS"
  vpc_id      = aws_vpc.main.id
  ingress {
    description     = "The load balancer"
    from_port       = 8080
    to_port         = 8080
    protocol        = "tcp"
    security_groups = [aws_security_group.edge.id]
  }
  egress {
    description = "Data"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = [for subnet in aws_subnet.data : subnet.cidr_block]
  }
  egress {
    description = "Images, secrets, logs"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  name        = "${local.name}-data"
  description = "The services reach PostgreSQL and RabbitMQ"
  vpc_id      = aws_vpc.main.id
  dynamic "ingress" {
    for_each = { PostgreSQL = 5432, "RabbitMQ over TLS" = 5671 }
    content {
      description     = ingress.key
      from_port       = ingress.value
      to_port         = ingress.value
      protocol        = "tcp"
      security_groups = [aws_security_group.services.id]
    }
  }
}
