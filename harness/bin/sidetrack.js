#!/usr/bin/env node
import { requireNode } from './require-node.js'

requireNode()
import('./start.js')
