/** The Python client in the trainers of Hugging Face and Lightning, and with PyTorch's errors. */
import { describeClient } from './installed-client.js'

await describeClient('python-trainers', 'requirements-trainers.txt', ['test_trainers.py'])
