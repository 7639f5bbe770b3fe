/** The Python client in Ray Tune. */
import { describeClient } from './installed-client.js'

await describeClient('python-ray', 'requirements-ray.txt', ['test_ray.py'])
